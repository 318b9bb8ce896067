// The worklist keeps itself fresh, and takes dropped files.

const AGAIN_WAITING_MS = 1500;
const AGAIN_IDLE_MS = 10000;

async function refresh() {
  const list = document.getElementById("list");
  const searched = location.pathname !== "/";
  if (document.visibilityState === "visible" && !searched) {
    try {
      const answer = await fetch(location.href, { credentials: "same-origin" });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.getElementById("list");
      if (answer.ok && fresh && fresh.innerHTML !== list.innerHTML) {
        list.innerHTML = fresh.innerHTML; // written and escaped by the server
        list.dataset.waiting = fresh.dataset.waiting;
      }
    } catch {
      // the server is away; the next look may find it
    }
  }
  setTimeout(refresh, Number(list.dataset.waiting) ? AGAIN_WAITING_MS : AGAIN_IDLE_MS);
}

function send(form, files) {
  const said = document.getElementById("sent");
  const body = new FormData();
  for (const file of files) body.append("files", file);
  const request = new XMLHttpRequest();
  request.open("POST", "/api/v1/images");
  request.upload.onprogress = (event) => {
    if (event.lengthComputable) said.textContent = `Sending ${Math.round((100 * event.loaded) / event.total)} %`;
  };
  request.onload = () => {
    let images = [];
    let reason = "";
    try {
      const answer = JSON.parse(request.responseText);
      images = answer.images || [];
      reason = answer.detail || "";
    } catch {
      reason = `The server answered ${request.status}.`;
    }
    const kept = images.filter((each) => each.outcome !== "refused").length;
    const refused = images.filter((each) => each.outcome === "refused");
    const lines = [kept ? `${kept} ${kept === 1 ? "image is" : "images are"} kept.` : "", reason];
    lines.push(...refused.map((each) => each.reason));
    said.textContent = lines.filter(Boolean).join(" ");
    form.reset();
    refresh();
  };
  request.onerror = () => (said.textContent = "The server cannot be reached.");
  request.send(body);
}

const form = document.getElementById("drop");
form.addEventListener("submit", (event) => {
  event.preventDefault();
  send(form, document.getElementById("files").files);
});
for (const name of ["dragover", "dragleave", "drop"]) {
  form.addEventListener(name, (event) => {
    event.preventDefault();
    form.classList.toggle("over", name === "dragover");
  });
}
form.addEventListener("drop", (event) => send(form, event.dataTransfer.files));
document.getElementById("filters").addEventListener("change", (event) => event.currentTarget.submit());
setTimeout(refresh, AGAIN_WAITING_MS);
