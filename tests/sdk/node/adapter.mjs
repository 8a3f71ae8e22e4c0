// The official npm packages: for each one a function that verifies, and one that signs where the package has such.
// Speaks JSON, a request a line on standard input and an answer a line on standard output; npm.py is the other end.
//
//   {"do": "list"}                            -> {"sdks": [{package, version, scheme, bodies, signs, lax, strict}]}
//   {"do": "verify", sdk, keys, delivery}     -> {"accepted": true}, or false with "why"
//   {"do": "sign", sdk, keys, draft}          -> {"headers": {...}}: those of the signature
//
// Bodies travel as base64. Nothing is judged here.

import { readFileSync } from "node:fs";
import https from "node:https";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";

// A package that writes to the console must not write between the answers.
for (const level of ["log", "info", "warn", "error", "debug"]) console[level] = () => {};

const require = createRequire(import.meta.url);

const NO_AGE = "never looks at the time";
const PAST_ONLY = "bounds the past alone";
const NO_EMPTY = "takes an empty body for a missing one";
const LENIENT_BASE64 = "decodes base64 leniently";
const NO_LABEL = "never looks at a signature's version";

const OLD = "too old";
const AHEAD = "too far ahead";
const TIMELESS = { [OLD]: NO_AGE, [AHEAD]: NO_AGE };
const FLIPPED = "one bit of the body flipped";
const SPACE = "a space added to the body";
const EMPTY = "an empty body";
const TRAILING = "rubbish after the signature";
const LABEL = "the signature under an unknown version";

const CANONICAL = "CANONICAL";
const JSON_ONLY = "JSON";
const TEXT = "TEXT";
const BYTES = "BYTES";
const OWN = "OWN";

// For packages that throw what they refuse, and answer nothing of use.
const passed = async (verdict) => {
  await verdict;
  return true;
};

const standardHeaders = (prefix, draft, signature) => ({
  [`${prefix}-id`]: draft.id,
  [`${prefix}-timestamp`]: String(draft.at),
  [`${prefix}-signature`]: signature,
});

const withoutQuery = (path) => path.split("?")[0];

// `scheme` names a constant of schemes.py or own_schemes.py.
const SDKS = [
  {
    package: "@anthropic-ai/sdk",
    scheme: "ANTHROPIC",
    bodies: JSON_ONLY,
    load: async () => (await import("@anthropic-ai/sdk")).default,
    verify: (Anthropic, keys, { text, headers }) =>
      passed(new Anthropic({ apiKey: "key" }).beta.webhooks.unwrap(text, { headers, key: keys.public })),
  },
  {
    package: "@clerk/backend",
    scheme: "CLERK",
    bodies: JSON_ONLY,
    load: () => import("@clerk/backend/webhooks"),
    verify: ({ verifyWebhook }, keys, delivery) =>
      passed(verifyWebhook(delivery.request(), { signingSecret: keys.public })),
  },
  {
    package: "@contentful/node-apps-toolkit",
    scheme: "CONTENTFUL",
    bodies: TEXT,
    lax: { [AHEAD]: PAST_ONLY },
    load: () => import("@contentful/node-apps-toolkit"),
    verify: ({ verifyRequest }, keys, { method, path, headers, text }) =>
      verifyRequest(keys.public, { method, path, headers, body: text }),
    sign: ({ signRequest }, keys, draft) => {
      const headers = { "content-type": "application/json" };
      const request = { method: draft.method, path: draft.path, headers, body: draft.text };
      return signRequest(keys.private, request, draft.at * 1000);
    },
  },
  {
    package: "@fingerprint/node-sdk",
    scheme: "FINGERPRINT",
    bodies: BYTES,
    load: () => import("@fingerprint/node-sdk"),
    verify: ({ isValidWebhookSignature }, keys, { header, body }) =>
      isValidWebhookSignature({ header: header("fpjs-event-signature"), data: body, secret: keys.public }),
  },
  {
    package: "@hygraph/utils",
    scheme: "HYGRAPH",
    bodies: TEXT,
    lax: TIMELESS,
    strict: { [EMPTY]: NO_EMPTY },
    load: async () => (await import("@hygraph/utils")).default,
    verify: ({ verifyWebhookSignature }, keys, { header, text }) =>
      verifyWebhookSignature({ rawPayload: text, signature: header("gcms-signature"), secret: keys.public }),
  },
  {
    package: "@kontent-ai/webhook-helper",
    scheme: "KONTENT_AI",
    bodies: TEXT,
    load: () => import("@kontent-ai/webhook-helper"),
    verify: ({ signatureHelper }, keys, { header, text }) =>
      signatureHelper.isValidSignatureFromString(text, keys.public, header("x-kontent-ai-signature")),
    sign: ({ signatureHelper }, keys, { text }) => ({
      "x-kontent-ai-signature": signatureHelper.getHashFromString(text, keys.private),
    }),
  },
  {
    package: "@larksuiteoapi/node-sdk",
    scheme: "LARK",
    bodies: CANONICAL,
    lax: {
      ...TIMELESS,
      [SPACE]: "hashes the body as it would write it itself",
    },
    load: () => import("@larksuiteoapi/node-sdk"),
    // As the package's own adapters call it: the headers are behind the event, so that they are not part of its JSON.
    verify: async ({ EventDispatcher }, keys, { headers, text }) => {
      const event = Object.assign(Object.create({ headers }), JSON.parse(text));
      const dispatcher = new EventDispatcher({ encryptKey: keys.public });
      return (await dispatcher.invoke(event)) !== undefined;
    },
  },
  {
    package: "@line/bot-sdk",
    scheme: "LINE",
    bodies: BYTES,
    lax: { [TRAILING]: LENIENT_BASE64 },
    load: () => import("@line/bot-sdk"),
    verify: ({ validateSignature }, keys, { header, body }) =>
      validateSignature(body, keys.public, header("x-line-signature")),
  },
  {
    package: "@linear/sdk",
    scheme: "LINEAR",
    bodies: JSON_ONLY,
    load: () => import("@linear/sdk/webhooks"),
    verify: ({ LinearWebhookClient }, keys, { header, body }) =>
      new LinearWebhookClient(keys.public).verify(body, header("linear-signature")),
  },
  {
    package: "@liveblocks/node",
    scheme: "LIVEBLOCKS",
    bodies: JSON_ONLY,
    lax: { [LABEL]: NO_LABEL },
    load: () => import("@liveblocks/node"),
    verify: ({ WebhookHandler }, keys, { headers, text }) =>
      passed(new WebhookHandler(keys.public).verifyRequest({ headers, rawBody: text })),
  },
  {
    package: "@mux/mux-node",
    scheme: "MUX",
    bodies: TEXT,
    lax: { [AHEAD]: PAST_ONLY },
    load: async () => (await import("@mux/mux-node")).default,
    verify: (Mux, keys, { headers, text }) => {
      const client = new Mux({ tokenId: "id", tokenSecret: "secret" });
      return passed(client.webhooks.verifySignature(text, headers, keys.public));
    },
  },
  {
    package: "@octokit/webhooks-methods",
    scheme: "GITHUB",
    bodies: TEXT,
    strict: { [EMPTY]: NO_EMPTY },
    load: () => import("@octokit/webhooks-methods"),
    verify: ({ verify }, keys, { header, text }) => verify(keys.public, text, header("x-hub-signature-256")),
    sign: async ({ sign }, keys, { text }) => ({ "x-hub-signature-256": await sign(keys.private, text) }),
  },
  {
    package: "@saleor/app-sdk",
    scheme: "SALEOR",
    bodies: TEXT,
    lax: { [TRAILING]: LENIENT_BASE64 },
    load: () => import("@saleor/app-sdk/auth"),
    verify: ({ verifySignatureWithJwks }, keys, { header, text }) =>
      passed(verifySignatureWithJwks(keys.public, header("saleor-signature"), text)),
  },
  {
    package: "@sanity/webhook",
    scheme: "SANITY",
    bodies: TEXT,
    lax: TIMELESS,
    strict: { [EMPTY]: NO_EMPTY },
    load: () => import("@sanity/webhook"),
    verify: ({ isValidSignature }, keys, { header, text }) =>
      isValidSignature(text, header("sanity-webhook-signature"), keys.public),
    sign: async ({ encodeSignatureHeader }, keys, draft) => ({
      "sanity-webhook-signature": await encodeSignatureHeader(draft.text, draft.at * 1000, keys.private),
    }),
  },
  {
    package: "@shopify/shopify-api",
    scheme: "SHOPIFY",
    bodies: TEXT,
    strict: { [EMPTY]: NO_EMPTY },
    load: async () => {
      await import("@shopify/shopify-api/adapters/web-api");
      return import("@shopify/shopify-api");
    },
    verify: async ({ shopifyApi, LogSeverity }, keys, delivery) => {
      const shopify = shopifyApi({
        apiKey: "key",
        apiSecretKey: keys.public,
        apiVersion: "2026-10",
        hostName: "hooks.example.com",
        isEmbeddedApp: true,
        logger: { level: LogSeverity.Error, log: () => {} },
      });
      const verdict = await shopify.webhooks.validate({ rawBody: delivery.text, rawRequest: delivery.request() });
      return verdict.valid;
    },
  },
  {
    package: "@slack/bolt",
    scheme: "SLACK",
    bodies: TEXT,
    lax: { [AHEAD]: PAST_ONLY },
    load: async () => (await import("@slack/bolt")).default,
    verify: ({ verifySlackRequest }, keys, { header, text }) => {
      const stamp = Number(header("x-slack-request-timestamp"));
      const headers = { "x-slack-request-timestamp": stamp, "x-slack-signature": header("x-slack-signature") };
      return passed(verifySlackRequest({ signingSecret: keys.public, body: text, headers }));
    },
  },
  {
    package: "@vonage/jwt",
    scheme: "VONAGE",
    bodies: TEXT,
    lax: {
      ...TIMELESS,
      [FLIPPED]: "never looks at the body",
      [SPACE]: "never looks at the body",
    },
    load: () => import("@vonage/jwt"),
    verify: ({ verifySignature }, keys, { header }) =>
      verifySignature(header("authorization").replace("Bearer ", ""), keys.public),
  },
  {
    package: "@wix/sdk",
    scheme: "WIX",
    bodies: OWN,
    lax: { [TRAILING]: LENIENT_BASE64, [SPACE]: LENIENT_BASE64 },
    load: () => import("@wix/sdk"),
    verify: ({ AppStrategy, createClient }, keys, { text }) => {
      const client = createClient({ auth: AppStrategy({ appId: "app", publicKey: keys.public }) });
      return passed(client.webhooks.process(text));
    },
  },
  {
    package: "discord-interactions",
    scheme: "DISCORD",
    bodies: BYTES,
    lax: TIMELESS,
    load: async () => (await import("discord-interactions")).default,
    verify: ({ verifyKey }, keys, { header, body }) =>
      verifyKey(body, header("x-signature-ed25519"), header("x-signature-timestamp"), keys.public),
  },
  {
    package: "dodopayments",
    scheme: "DODOPAYMENTS",
    bodies: JSON_ONLY,
    load: async () => (await import("dodopayments")).default,
    verify: (DodoPayments, keys, { headers, text }) => {
      const client = new DodoPayments({ bearerToken: "token" });
      return passed(client.webhooks.unwrap(text, { headers, key: keys.public }));
    },
  },
  {
    package: "lithic",
    scheme: "LITHIC",
    bodies: JSON_ONLY,
    load: async () => (await import("lithic")).default,
    verify: (Lithic, keys, { headers, text }) =>
      passed(new Lithic({ apiKey: "key" }).webhooks.verifySignature(text, headers, keys.public)),
  },
  {
    package: "mailersend",
    scheme: "MAILERSEND",
    bodies: TEXT,
    strict: { [EMPTY]: NO_EMPTY },
    load: () => require("mailersend/lib/services/mailersend.utils"),
    verify: ({ MailerSendUtils }, keys, { header, body }) =>
      MailerSendUtils.verifyWebHook(body.length ? body : "", header("signature"), keys.public),
  },
  {
    package: "modern-treasury",
    scheme: "MODERN_TREASURY",
    bodies: TEXT,
    load: async () => (await import("modern-treasury")).default,
    verify: (ModernTreasury, keys, { headers, text }) => {
      const client = new ModernTreasury({ apiKey: "key", organizationID: "id" });
      return client.webhooks.validateSignature(text, headers, { key: keys.public });
    },
    sign: (ModernTreasury, keys, { text }) => {
      const client = new ModernTreasury({ apiKey: "key", organizationID: "id" });
      return { "x-signature": client.webhooks.getSignature(text, { key: keys.private }) };
    },
  },
  {
    package: "openai",
    scheme: "OPENAI",
    bodies: TEXT,
    lax: { [TRAILING]: LENIENT_BASE64 },
    load: async () => (await import("openai")).default,
    verify: (OpenAI, keys, { headers, text }) =>
      passed(new OpenAI({ apiKey: "key" }).webhooks.verifySignature(text, headers, keys.public)),
  },
  {
    package: "replicate",
    scheme: "REPLICATE",
    bodies: TEXT,
    lax: { ...TIMELESS, [LABEL]: NO_LABEL },
    strict: { [EMPTY]: NO_EMPTY },
    load: async () => (await import("replicate")).default,
    verify: (Replicate, keys, { header, text }) =>
      Replicate.validateWebhook({
        id: header("webhook-id"),
        timestamp: header("webhook-timestamp"),
        signature: header("webhook-signature"),
        body: text,
        secret: keys.public,
      }),
  },
  {
    package: "resend",
    scheme: "RESEND",
    bodies: JSON_ONLY,
    load: () => import("resend"),
    verify: ({ Resend }, keys, { either, text }) => {
      const headers = {
        id: either("svix-id", "webhook-id"),
        timestamp: either("svix-timestamp", "webhook-timestamp"),
        signature: either("svix-signature", "webhook-signature"),
      };
      return passed(new Resend("key").webhooks.verify({ payload: text, headers, webhookSecret: keys.public }));
    },
  },
  {
    package: "sns-validator",
    scheme: "SNS_V1",
    bodies: OWN,
    lax: { ...TIMELESS, [TRAILING]: LENIENT_BASE64 },
    load: () => require.resolve("sns-validator"),
    verify: validateSns,
  },
  {
    package: "sns-validator",
    scheme: "SNS_V2",
    bodies: OWN,
    lax: { ...TIMELESS, [TRAILING]: LENIENT_BASE64 },
    load: () => require.resolve("sns-validator"),
    verify: validateSns,
  },
  {
    package: "standardwebhooks",
    scheme: "STANDARD_WEBHOOKS",
    bodies: TEXT,
    load: async () => (await import("standardwebhooks")).default,
    verify: ({ Webhook }, keys, { headers, text }) =>
      passed(new Webhook(keys.public).verify(text, headers, { jsonParse: false })),
    sign: ({ Webhook }, keys, draft) => {
      const signature = new Webhook(keys.private).sign(draft.id, new Date(draft.at * 1000), draft.text);
      return standardHeaders("webhook", draft, signature);
    },
  },
  {
    package: "stripe",
    scheme: "STRIPE",
    bodies: JSON_ONLY,
    lax: { [AHEAD]: PAST_ONLY },
    load: async () => (await import("stripe")).default,
    verify: (Stripe, keys, { header, body }) =>
      passed(new Stripe("sk_test_key").webhooks.constructEvent(body, header("stripe-signature"), keys.public)),
    sign: (Stripe, keys, draft) => {
      const options = { payload: draft.text, secret: keys.private, timestamp: draft.at };
      return { "stripe-signature": new Stripe("sk_test_key").webhooks.generateTestHeaderString(options) };
    },
  },
  {
    package: "svix",
    scheme: "SVIX",
    bodies: JSON_ONLY,
    load: async () => (await import("svix")).default,
    verify: ({ Webhook }, keys, { headers, text }) => passed(new Webhook(keys.public).verify(text, headers)),
    sign: ({ Webhook }, keys, draft) => {
      const signature = new Webhook(keys.private).sign(draft.id, new Date(draft.at * 1000), draft.text);
      return standardHeaders("svix", draft, signature);
    },
  },
  {
    package: "telnyx",
    scheme: "TELNYX",
    bodies: JSON_ONLY,
    load: async () => (await import("telnyx")).default,
    verify: (Telnyx, keys, { headers, text }) =>
      passed(new Telnyx({ apiKey: "key" }).webhooks.unwrap(text, { headers, key: keys.public })),
  },
  {
    package: "truelayer-signing",
    scheme: "TRUELAYER",
    bodies: TEXT,
    lax: { ...TIMELESS, [TRAILING]: LENIENT_BASE64 },
    load: async () => (await import("truelayer-signing")).default,
    verify: ({ verify }, keys, { method, path, headers, header, text }) => {
      const signature = header("tl-signature");
      return passed(
        verify({ publicKeyPem: keys.public, signature, method, path: withoutQuery(path), headers, body: text }),
      );
    },
    sign: ({ sign }, keys, draft) => {
      const headers = { "X-Tl-Webhook-Timestamp": new Date(draft.at * 1000).toISOString() };
      const { method, text: body } = draft;
      const path = withoutQuery(draft.path);
      const signature = sign({ kid: "cross-check", privateKeyPem: keys.private, method, path, headers, body });
      return { ...headers, "tl-signature": signature };
    },
  },
  {
    package: "uploadthing",
    scheme: "UPLOADTHING",
    bodies: TEXT,
    // The package's handlers call these two of its own library.
    load: async () => ({
      ...(await import("@uploadthing/shared")),
      ...(await import("effect")),
    }),
    verify: ({ verifySignature, Micro, Redacted }, keys, { header, text }) =>
      Micro.runPromise(verifySignature(text, header("x-uploadthing-signature"), Redacted.make(keys.public))),
    sign: async ({ signPayload, Micro, Redacted }, keys, { text }) => ({
      "x-uploadthing-signature": await Micro.runPromise(signPayload(text, Redacted.make(keys.private))),
    }),
  },
  {
    package: "webflow-api",
    scheme: "WEBFLOW",
    bodies: TEXT,
    lax: TIMELESS,
    load: async () => (await import("webflow-api")).default,
    verify: ({ WebflowClient }, keys, { headers, text }) =>
      new WebflowClient({ accessToken: "token" }).webhooks.verifySignature({
        headers,
        body: text,
        secret: keys.public,
      }),
  },
];

// The package fetches a certificate and keeps it by its address. It gets the key of this delivery, and no memory.
function validateSns(file, keys, { text }) {
  delete require.cache[file];
  const Validator = require(file);
  const get = https.get;
  https.get = (_, answer) => {
    const response = {
      statusCode: 200,
      on: (event, heard) => {
        heard(event === "data" ? keys.public : undefined);
        return response;
      },
    };
    answer(response);
    return { on: () => {} };
  };
  return new Promise((settle) => {
    new Validator().validate(text, (error) => settle(!error));
  }).finally(() => {
    https.get = get;
  });
}

const versionOf = (name) => {
  const manifest = new URL(`node_modules/${name}/package.json`, import.meta.url);
  return JSON.parse(readFileSync(manifest)).version;
};

const received = (delivery) => {
  const body = Buffer.from(delivery.body_base64, "base64");
  const { headers, method, url } = delivery;
  const header = (name) => headers[name] ?? "";
  return {
    headers,
    method,
    url,
    path: new URL(url).pathname + new URL(url).search,
    body,
    text: body.toString("utf8"),
    header,
    either: (...names) => names.map(header).find(Boolean) ?? "",
    request: () => new Request(url, { method, headers, body }),
  };
};

const loaded = new Map();

const sdkOf = async (index) => {
  const sdk = SDKS[index];
  if (!loaded.has(index)) loaded.set(index, await sdk.load());
  return [sdk, loaded.get(index)];
};

const ACTIONS = {
  list: async () => ({
    sdks: SDKS.map(({ package: name, scheme, bodies, sign, lax = {}, strict = {} }) => ({
      package: name,
      version: versionOf(name),
      scheme,
      bodies,
      signs: sign !== undefined,
      lax,
      strict,
    })),
  }),
  verify: async ({ sdk: index, keys, delivery }) => {
    const [sdk, library] = await sdkOf(index);
    try {
      const verdict = await sdk.verify(library, keys, received(delivery));
      return { accepted: verdict === true };
    } catch (error) {
      return { accepted: false, why: String(error?.message ?? error) };
    }
  },
  sign: async ({ sdk: index, keys, draft }) => {
    const [sdk, library] = await sdkOf(index);
    const signed = await sdk.sign(library, keys, { ...draft, ...received({ ...draft, headers: {} }) });
    return { headers: Object.fromEntries(Object.entries(signed).map(([name, value]) => [name.toLowerCase(), value])) };
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const request = JSON.parse(line);
  let answer;
  try {
    answer = await ACTIONS[request.do](request);
  } catch (error) {
    answer = { fault: String(error?.stack ?? error) };
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
process.exit(0);
