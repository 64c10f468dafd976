// The whole page: CodeMirror on a text that all pages of the room edit. `?room=doc-1&user=ann` chooses the room and who you are.
import { markdown } from "@codemirror/lang-markdown";
import { basicSetup, EditorView } from "codemirror";
import { createDialogueClient } from "dialogue-client";
import { bindYjs, type YjsStatus } from "dialogue-client/yjs";
import { yCollab } from "y-codemirror.next";
import { Awareness } from "y-protocols/awareness";
import { applyUpdate, Doc } from "yjs";

const query = new URLSearchParams(location.search);
const user = query.get("user");
const roomId = query.get("room") ?? "doc-1";
const find = (id: string): HTMLElement => document.getElementById(id)!;

const words: Record<YjsStatus, string> = {
  saved: "All changes are saved",
  saving: "Saving …",
  offline: "Offline: changes are kept here",
  refused: "Not saved",
};

const colors = ["#d6336c", "#7048e8", "#1c7ed6", "#0b7285", "#2f9e44", "#e8590c"];
const client = createDialogueClient({ auth: user ? { userId: user } : {} });
const room = client.room(roomId);
room.join().catch(({ message }) => (find("status").textContent = message)); // it continues while the page is offline

/** Opens the document in the editor, and again without what the server has refused. */
async function open(): Promise<void> {
  const doc = new Doc();
  const awareness = new Awareness(doc);
  const binding = await bindYjs(room, "page", doc, {
    awareness,
    persist: { store: "indexeddb", name: user ?? "guest" },
    onRefused: ({ error, update }) => {
      const copy = new Doc();
      applyUpdate(copy, update);
      find("reason").textContent = error.message;
      (find("lost") as HTMLTextAreaElement).value = copy.getText("body").toString();
      find("refused").hidden = false;
    },
  });
  const name = user ?? client.userId ?? "guest";
  awareness.setLocalStateField("user", { name, color: colors[doc.clientID % colors.length] });

  const body = doc.getText("body");
  const extensions = [basicSetup, markdown(), EditorView.lineWrapping, yCollab(body, awareness)];
  const editor = new EditorView({ doc: body.toString(), extensions, parent: find("editor") });

  const showStatus = () => {
    find("status").textContent = words[binding.status];
    find("status").dataset["status"] = binding.status;
  };
  binding.subscribe(showStatus);
  showStatus();

  const showPeople = () => {
    const items = [...awareness.getStates().values()].map(({ user }) => {
      const item = document.createElement("li");
      item.textContent = user?.name ?? "";
      item.style.setProperty("--color", user?.color ?? "gray");
      return item;
    });
    find("people").replaceChildren(...items);
  };
  awareness.on("change", showPeople);
  showPeople();

  find("again").onclick = () => {
    find("refused").hidden = true;
    editor.destroy();
    doc.destroy();
    void open();
  };
}

void open();
