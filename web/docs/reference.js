// Redoc for the contract beside this page.
const dark = matchMedia("(prefers-color-scheme: dark)").matches;
document.documentElement.classList.toggle("dark-mode", dark);
Redoc.init(
  "../openapi.yml",
  { theme: dark ? redark : {}, expandResponses: "200", jsonSampleExpandLevel: 3, hideHostname: true },
  document.getElementById("reference"),
);
