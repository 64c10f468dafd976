// Around all pages.
import type { ReactNode } from "react";

export const metadata = { title: "{{name}}" };

export default function Layout({ children }: { children: ReactNode }) {
  return (
    <html lang="en">
      <body>{children}</body>
    </html>
  );
}
