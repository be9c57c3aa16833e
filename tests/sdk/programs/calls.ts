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

function located(answer: sdk.Detections | sdk.BatchResult | undefined): unknown {
    return answer?.normalizedVertices?.map((each) => [each.score, each.zones]);
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
const points = (corners: Array<[number, number]>) => corners.map(([x, y]) => ({ x, y }));
const zones: Array<sdk.Zone> = [
    { name: 'left', points: points([[0, 0], [0.6, 0], [0.6, 1], [0, 1]]), inside: 'overlap', min_share: 0.3, thresholds: { [label]: 0.3 } },
    { name: 'right', points: points([[0.6, 0], [1, 0], [1, 1], [0.6, 1]]), types: [label] },
];
const filters = { types: [label], max_height: 0.95 };
const feature = { ...filters, thresholds: { [label]: 0.4 }, zones, only_zones: true };
const texts = { ...filters, thresholds: [`${label}:0.4`] };
const one = sure(await sdk.detectBatch({ body: { requests: [{ image: { content: base64 }, features: [feature] }] } }));
const out = { type: label, except: [label] };
const leftOut = [
    await sdk.predict({ body: { image: base64, ...out } }),
    await sdk.predictUpload({ body: { file, ...out } }),
    await sdk.predictImage({ body: file, query: out }),
];
const drawn = sure(await sdk.annotate({ body: { file } }));
if (!(drawn instanceof Blob)) throw new Error('no image');
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
        getMetrics: sure(await sdk.getMetrics()).includes('specsight_requests'),
        getReadiness: sure(await sdk.getReadiness()).status,
        predictFilters: located(sure(await sdk.predict({ body: { image: base64, ...feature } }))),
        detectBatchFilters: located(one.responses[0]),
        predictUploadFilters: located(sure(await sdk.predictUpload({ body: { file, ...texts, zones, only_zones: true } }))),
        predictImageFilters: found(sure(await sdk.predictImage({ body: file, query: texts }))),
        leftOut: leftOut.map((each) => each.response?.status),
        listModelsByLabel: [
            sure(await sdk.listModels({ query: { label } })).models.map((each) => each.name),
            sure(await sdk.listModels({ query: { label: 'unicorn' } })).models.length,
        ],
        problem: status(await sdk.predict({ body: { image: base64, type: 'unicorn' } })),
        refused: token ? status(await sdk.listModels({ auth: 'wrong' })) : [],
    }),
);
