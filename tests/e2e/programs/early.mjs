// Sends a body again and again and prints the statuses: node early.mjs ADDRESS TRIES BYTES
const [address, tries, bytes] = process.argv.slice(2);
const body = new Uint8Array(Number(bytes));
const seen = {};
for (let attempt = 0; attempt < Number(tries); attempt += 1) {
  let outcome;
  try {
    const answer = await fetch(address, { method: "POST", body, headers: { "Content-Type": "image/jpeg" } });
    await answer.text();
    outcome = answer.status;
  } catch (error) {
    outcome = error.cause?.code ?? error.message;
  }
  seen[outcome] = (seen[outcome] ?? 0) + 1;
}
console.log(JSON.stringify(seen));
