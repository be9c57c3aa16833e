// scripts/sdk typescript client && cp docs/clients/detect.ts . && npx jiti detect.ts models/example.jpg
import { openAsBlob } from 'node:fs';
import { argv, env } from 'node:process';
import { client } from './client/client.gen.js';
import { predictUpload } from './client/index.js';

client.setConfig({
    baseUrl: env['SPECSIGHT_URL'] ?? 'http://127.0.0.1:5000',
    auth: env['SPECSIGHT_TOKEN'], // a server without tokens ignores it
});

const file = await openAsBlob(argv[2] ?? 'photo.jpg');
const { data, error } = await predictUpload({ body: { file, score_th: 0.5 } });
if (error) throw new Error(error.detail);
for (const found of data.normalizedVertices) console.log(found.name, found.score);
