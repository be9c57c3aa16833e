// Calls every operation with the client in TypeScript: calls.ts URL TOKEN PHOTO LABEL.
import { readFileSync } from 'node:fs';
import * as sdk from './client/index.js';
import { client } from './client/client.gen.js';

const [url = '', token = '', path = '', label = ''] = process.argv.slice(2);
const photo = readFileSync(path);
const base64 = photo.toString('base64');
client.setConfig({ baseUrl: url, auth: token });

function sure<T>(answer: { data: T | undefined; error?: unknown }): T {
    if (answer.data === undefined) throw new Error(JSON.stringify(answer.error));
    return answer.data;
}

function found(answer: sdk.Detections): Array<[string, number]> {
    return answer.normalizedVertices.map((each) => [each.name, each.score]);
}

function options(answer: sdk.Detections): Array<number | undefined> {
    return [answer.normalizedVertices.length, answer.normalizedVertices[0]?.x, answer.explain?.[0]?.dropped.maxResults];
}

function status(answer: { error?: sdk.Problem | undefined; response?: Response }): Array<number | undefined> {
    return [answer.response?.status, answer.error?.status];
}

const file = new Blob([photo]);
const some = { score_th: 0.5, nms: 'agnostic', maxResults: 2, units: 'pixel', explain: true } as const;
const batch = sure(
    await sdk.detectBatch({
        body: { requests: [{ image: { content: base64 }, features: [{ score_th: 0.7 }] }, { image: { content: 'aGVsbG8=' } }] },
    }),
);
const drawn = sure(await sdk.annotate({ body: { file } }));
if (!(drawn instanceof Blob)) throw new Error('no picture');
console.log(
    JSON.stringify({
        predict: found(sure(await sdk.predict({ body: { image: base64, score_th: 0.7 } }))),
        predictUpload: found(sure(await sdk.predictUpload({ body: { file } }))),
        predictUploadOptions: options(sure(await sdk.predictUpload({ body: { file, type: label, min_width: 0, ...some } }))),
        predictImage: found(sure(await sdk.predictImage({ body: file }))),
        predictImageOptions: options(sure(await sdk.predictImage({ body: file, query: some }))),
        detectBatch: [batch.responses[0]?.normalizedVertices?.length, batch.responses[1]?.error?.status],
        annotate: Buffer.from(await drawn.slice(0, 2).arrayBuffer()).toString('hex'),
        listModels: sure(await sdk.listModels()).models.map((each) => each.name),
        getModel: sure(await sdk.getModel({ path: { model: 'default' } })).labels,
        getLiveness: sure(await sdk.getLiveness()).status,
        getReadiness: sure(await sdk.getReadiness()).status,
        problem: status(await sdk.predict({ body: { image: base64, type: 'unicorn' } })),
        refused: token ? status(await sdk.listModels({ auth: 'wrong' })) : [],
    }),
);
