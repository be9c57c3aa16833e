// The request that was sent, in the languages that people copy it to. A token is named, never shown.

const words = (name) => name.replace(/([a-z])([A-Z])/g, "$1_$2").split("_").map((word) => word.toLowerCase());
const RESERVED = ["type", "except"]; // in Python
const snake = (name) => (RESERVED.includes(name) ? `${name}_` : words(name).join("_"));
const pascal = (name) => (name === "type" ? "Type_" : words(name).map((word) => word[0].toUpperCase() + word.slice(1)).join(""));
const text = (value) => (typeof value === "object" ? JSON.stringify(value) : String(value));
const shell = (value) => (/^[\w./:@=-]+$/.test(value) ? value : `'${value.replaceAll("'", "'\\''")}'`);
const go = (value) => (Array.isArray(value) ? `[]string{${value.map((each) => JSON.stringify(each)).join(", ")}}` : JSON.stringify(value));
const hasObjects = (value) => Array.isArray(value) && typeof value[0] === "object";
const python = (value) => (value === true ? "True" : value === false ? "False" : JSON.stringify(value));

export function snippets({ url, base, file, path, values, hasToken }) {
  const pairs = Object.entries(values);
  const fields = pairs.flatMap(([key, value]) => [value].flat().map((each) => [key, text(each)])); // a list is repeated
  const { field, name } = file;
  const keys = Object.keys(values);
  const objects = keys.filter((key) => hasObjects(values[key])); // the zones
  const one = (key) => pascal(key).replace(/s$/, "");
  const pythonValue = (key, value) => (objects.includes(key) ? `[${one(key)}.from_dict(each) for each in ${JSON.stringify(value)}]` : python(value));
  const method = path.split("/").map((part, at) => (at ? part[0].toUpperCase() + part.slice(1) : part)).join("");
  const Method = method[0].toUpperCase() + method.slice(1);
  return {
    curl: [
      `curl --form ${shell(`${field}=@${name}`)}`,
      ...fields.map(([key, value]) => `--form${/^[@<"]|;/.test(value) ? "-string" : ""} ${shell(`${key}=${value}`)}`),
      ...(hasToken ? ['--header "X-Api-Token: $TOKEN"'] : []),
      shell(url),
    ].join(" \\\n  "),
    Python: `import ${hasToken ? "os\n\nimport " : ""}requests

with open(${JSON.stringify(name)}, "rb") as photo:
    response = requests.post(
        ${JSON.stringify(url)},
        files={${JSON.stringify(field)}: photo},
        data=[${fields.map((pair) => `(${pair.map((each) => JSON.stringify(each)).join(", ")})`).join(", ")}],${hasToken ? '\n        headers={"X-Api-Token": os.environ["TOKEN"]},' : ""}
        timeout=10,
    )
response.raise_for_status()
print(response.json()["normalizedVertices"])`,
    "Python client": `# scripts/sdk python client && pip install ./client
${hasToken ? "import os\n\n" : ""}from specsight_client import ${hasToken ? "AuthenticatedClient" : "Client"}
from specsight_client.api.detection import ${words(method).join("_")}
from specsight_client.models import Detections, ${["UploadRequest", ...objects.map(one)].join(", ")}
from specsight_client.types import File

client = ${hasToken ? `AuthenticatedClient(${JSON.stringify(base)}, os.environ["TOKEN"], prefix="", auth_header_name="X-Api-Token")` : `Client(${JSON.stringify(base)})`}
with client, open(${JSON.stringify(name)}, "rb") as photo:
    body = UploadRequest(${[`File(photo, ${JSON.stringify(name)})`, ...pairs.map(([key, value]) => `${snake(key)}=${pythonValue(key, value)}`)].join(", ")})
    answer = ${words(method).join("_")}.sync(client=client, body=body)
print(answer.normalized_vertices if isinstance(answer, Detections) else answer)`,
    TypeScript: `// scripts/sdk typescript client
import { openAsBlob } from 'node:fs';
import { ${method} } from './client';
import { client } from './client/client.gen';

client.setConfig({ baseUrl: ${JSON.stringify(base)}${hasToken ? ", headers: { 'X-Api-Token': process.env.TOKEN }" : ""} });
const file = await openAsBlob(${JSON.stringify(name)});
const { data, error } = await ${method}({ body: { ${["file", ...pairs.map(([key, value]) => `${key}: ${JSON.stringify(value)}`)].join(", ")} } });
if (error) throw new Error(error.detail);
console.log(data.normalizedVertices);`,
    Go: `// scripts/sdk go client
configuration := specsight.NewConfiguration()
configuration.Servers[0].URL = ${JSON.stringify(base)}${hasToken ? '\nconfiguration.AddDefaultHeader("X-Api-Token", os.Getenv("TOKEN"))' : ""}
photo, _ := os.Open(${JSON.stringify(name)})
${objects.map((key) => `var ${key} []specsight.${one(key)}\n_ = json.Unmarshal([]byte(\`${JSON.stringify(values[key])}\`), &${key})\n`).join("")}client := specsight.NewAPIClient(configuration).DetectionAPI
answer, _, err := client.${Method}(context.Background()).File(photo)${pairs.map(([key, value]) => `.${pascal(key)}(${objects.includes(key) ? key : go(value)})`).join("")}.Execute()
if err != nil {
	panic(err)
}
fmt.Println(answer.NormalizedVertices)`,
  };
}
