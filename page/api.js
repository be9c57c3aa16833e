// Asks the service. Addresses are relative to the page, so that a proxy may put a prefix before them.

const $ = (id) => document.getElementById(id);
const KEY = "specsight-token";
export const token = () => sessionStorage.getItem(KEY);

export class Problem extends Error {
  constructor(body) {
    super(body.detail ?? body.title);
    this.body = body;
  }
}

export async function ask(path, options = {}) {
  for (;;) {
    const headers = token() ? { "X-Api-Token": token() } : {};
    const response = await load(path, { ...options, headers });
    if (response.ok) return response.json();
    if (response.status === 401 && (await askForToken())) continue;
    throw new Problem(await read(response));
  }
}

export async function load(path, options) {
  try {
    return await fetch(path, options);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Problem({ title: "No answer", detail: "The service cannot be reached. Check the network, then try again." });
  }
}

async function read(response) {
  const title = `${response.status} ${response.statusText}`.trim();
  try {
    return { title, ...(await response.json()) };
  } catch {
    return { title, detail: "The answer is not the service's own. It came from something in between, such as a proxy." };
  }
}

let asking = null;

function askForToken() {
  const dialog = $("token-dialog");
  const input = $("token");
  asking ??= new Promise((resolve) => {
    input.value = "";
    $("token-wrong").hidden = !token();
    dialog.returnValue = "";
    dialog.querySelector("form").onsubmit = (event) => {
      event.preventDefault();
      sessionStorage.setItem(KEY, input.value.trim());
      dialog.close("entered");
    };
    $("token-cancel").onclick = () => dialog.close();
    dialog.onclose = () => {
      asking = null;
      resolve(dialog.returnValue === "entered");
    };
    dialog.showModal();
  });
  return asking;
}
