// Swagger UI for the contract beside this page.

const dark = matchMedia("(prefers-color-scheme: dark)");
const followSystem = () => document.documentElement.classList.toggle("dark-mode", dark.matches);
dark.addEventListener("change", followSystem);
followSystem();

// The service lies where its contract does: behind a proxy that adds a prefix, too. Other hosts stay as they are.
const here = new URL("..", location.href).href.replace(/\/$/, "");
const serverBesideContract = {
  statePlugins: {
    spec: {
      wrapActions: {
        updateJsonSpec: (update) => (document) => {
          const servers = (document.servers ?? [{ url: "/" }]).map((server, number) =>
            number === 0 && !server.url.includes("//") ? { ...server, url: here } : server,
          );
          return update({ ...document, servers });
        },
      },
    },
  },
};

// Fields of a form start empty unless the contract gives an example: an option that is left out has the model's default.
// Swagger UI would make values up, for which it asks without a media type, or send empty ones.
const emptyFields = ({ fn: { getSampleSchema } }) => ({
  fn: {
    getSampleSchema: (schema, mediaType, ...others) => {
      const { type, example, default: initial } = schema?.toJS?.() ?? schema ?? {};
      const isMadeUp = mediaType === false && example === undefined && initial === undefined;
      if (isMadeUp) return type === "array" ? "[]" : ""; // a list is parsed
      return getSampleSchema(schema, mediaType, ...others);
    },
  },
  wrapComponents: {
    ParameterIncludeEmpty: (Original, { React }) => (props) =>
      React.createElement(Original, { ...props, isIncludedOptions: { ...props.isIncludedOptions, defaultValue: false } }),
  },
});

SwaggerUIBundle({
  url: "../openapi.yml",
  dom_id: "#swagger-ui",
  layout: "BaseLayout",
  plugins: [serverBesideContract, emptyFields],
  deepLinking: true,
  defaultModelExpandDepth: 5,
  defaultModelsExpandDepth: 0,
  displayRequestDuration: true,
  docExpansion: "list",
  persistAuthorization: true,
  tryItOutEnabled: true,
  validatorUrl: null,
});

// Browsers forbid to prefill a file: say so before Execute does nothing, and offer the example photo.
const FILE = "input[type=file]";

function hint(input) {
  const existing = input.parentElement.querySelector(".file-hint");
  if (existing) return existing;
  const offersExample = document.querySelector("nav a[href='example.jpg']");
  const button = Object.assign(document.createElement("button"), { type: "button", textContent: "Use the example photo" });
  button.addEventListener("click", () => useExample(input));
  const paragraph = Object.assign(document.createElement("p"), { className: "file-hint" });
  paragraph.append(document.createElement("span"), ...(offersExample ? [button] : []));
  input.after(paragraph);
  input.addEventListener("change", () => ask(input, ""));
  return paragraph;
}

function ask(input, text) {
  const paragraph = hint(input);
  paragraph.firstChild.textContent = text && `${text} `;
  if (text) paragraph.setAttribute("role", "alert");
  else paragraph.removeAttribute("role");
}

async function useExample(input) {
  const photo = await (await fetch("example.jpg")).blob();
  const files = new DataTransfer();
  files.items.add(new File([photo], "example.jpg", { type: "image/jpeg" }));
  input.files = files.files;
  input.dispatchEvent(new Event("change", { bubbles: true }));
}

function isMissing(input) {
  const row = input.closest("tr, .opblock-section-request-body");
  return input.files.length === 0 && row?.querySelector(".required") !== null;
}

new MutationObserver(() => document.querySelectorAll(FILE).forEach(hint)).observe(
  document.getElementById("swagger-ui"),
  { childList: true, subtree: true },
);

document.addEventListener(
  "click",
  (event) => {
    const button = event.target.closest?.(".btn.execute");
    const missing = [...(button?.closest(".opblock").querySelectorAll(FILE) ?? [])].find(isMissing);
    if (!missing) return;
    event.stopPropagation();
    ask(missing, "Choose a file first.");
    missing.focus();
  },
  { capture: true },
);
