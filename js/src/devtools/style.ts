// How the overlay looks.
export const style = `
:host { all: initial; position: fixed; right: 12px; bottom: 12px; z-index: 2147483000; color-scheme: light dark;
  font: 13px/1.45 system-ui, sans-serif; color: light-dark(#14171f, #e9ecf2); }
* { box-sizing: border-box; font: inherit; }
.toggle { display: block; margin-left: auto; padding: 6px 12px; border: 1px solid; border-radius: 99px; cursor: pointer;
  background: Canvas; color: CanvasText; }
.toggle[data-state="connected"] { color: #17693f; }
.toggle[data-state="failed"], .toggle[data-state="closed"] { color: #b3202f; }
@media (prefers-color-scheme: dark) {
  .toggle[data-state="connected"] { color: #58cf94; }
  .toggle[data-state="failed"], .toggle[data-state="closed"] { color: #ff8b93; }
}
:focus-visible { outline: 2px solid Highlight; outline-offset: 2px; }
.panel { width: min(520px, calc(100vw - 24px)); max-height: min(560px, calc(100vh - 80px)); overflow-y: auto; margin-bottom: 8px;
  padding: 12px 14px; border: 1px solid GrayText; border-radius: 10px; background: Canvas; color: CanvasText; }
.panel[hidden] { display: none; }
p, h2, ul, pre { margin: 0; padding: 0; }
h2 { margin-top: 12px; font-weight: 600; }
ul { list-style: none; }
table { width: 100%; border-collapse: collapse; font-variant-numeric: tabular-nums; }
th { text-align: left; font-weight: 400; }
td, th { padding: 2px 8px 2px 0; overflow-wrap: anywhere; }
.frames {
  max-height: 180px; overflow: auto; font: 12px/1.5 ui-monospace, monospace; white-space: pre-wrap; overflow-wrap: anywhere;
}
`;
