// A label's colour, as on annotated photos: its SHA-256 modulo the palette's length.
// Plain HTTP from another machine has no crypto.subtle.

export const PALETTE = [
  [255, 107, 94], [255, 159, 28], [255, 224, 30], [184, 230, 0], [60, 210, 90], [40, 230, 214], [40, 185, 255],
  [95, 155, 255], [158, 136, 255], [225, 125, 255], [255, 100, 195], [255, 165, 190], [220, 175, 130], [205, 215, 220],
];

const known = new Map();

export function colourOf(label) {
  if (!known.has(label)) {
    const digits = sha256(new TextEncoder().encode(label));
    const index = digits.reduce((rest, byte) => (rest * 256 + byte) % PALETTE.length, 0);
    known.set(label, `rgb(${PALETTE[index].join(" ")})`);
  }
  return known.get(label);
}

const PRIMES = [];
for (let n = 2; PRIMES.length < 64; n++) if (PRIMES.every((prime) => n % prime)) PRIMES.push(n);
const fraction = (x) => ((x - Math.floor(x)) * 2 ** 32) | 0;
const K = PRIMES.map((prime) => fraction(Math.cbrt(prime)));
const START = PRIMES.slice(0, 8).map((prime) => fraction(Math.sqrt(prime)));
const turn = (x, n) => (x >>> n) | (x << (32 - n));

// FIPS 180-4, section 6.2.
function sha256(bytes) {
  const length = Math.ceil((bytes.length + 9) / 64) * 64;
  const padded = new Uint8Array(length);
  padded.set(bytes);
  padded[bytes.length] = 0x80;
  const view = new DataView(padded.buffer);
  view.setUint32(length - 4, bytes.length * 8);
  const hash = [...START];
  for (let at = 0; at < length; at += 64) {
    const w = [];
    for (let t = 0; t < 64; t++) {
      if (t < 16) w[t] = view.getInt32(at + t * 4);
      else {
        const s0 = turn(w[t - 15], 7) ^ turn(w[t - 15], 18) ^ (w[t - 15] >>> 3);
        const s1 = turn(w[t - 2], 17) ^ turn(w[t - 2], 19) ^ (w[t - 2] >>> 10);
        w[t] = (w[t - 16] + s0 + w[t - 7] + s1) | 0;
      }
    }
    let [a, b, c, d, e, f, g, h] = hash;
    for (let t = 0; t < 64; t++) {
      const t1 = h + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + ((e & f) ^ (~e & g)) + K[t] + w[t];
      const t2 = (turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
      [h, g, f, e, d, c, b, a] = [g, f, e, (d + t1) | 0, c, b, a, (t1 + t2) | 0];
    }
    [a, b, c, d, e, f, g, h].forEach((value, index) => (hash[index] = (hash[index] + value) | 0));
  }
  return hash.flatMap((word) => [24, 16, 8, 0].map((shift) => (word >>> shift) & 255));
}
