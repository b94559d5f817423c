/** Vectors that providers publish, in their pages or in the tests of their libraries. */
import type { Vector } from './vector.ts'

const slackCommand = [
  'token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar',
  '&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=',
  '&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN',
  '&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c',
].join('')

export const publishedVectors: readonly Vector[] = [
  {
    verify: { scheme: 'standard-webhooks', secrets: ['MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'] },
    headers: {
      'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      'webhook-timestamp': '1614265330',
      'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    },
    body: '{"test": 2432232314}',
    nowMs: 1_614_265_330_000,
    source: 'published with the reference libraries',
  },
  {
    verify: { scheme: 'svix', secrets: ['plJ3nmyCDGBKInavdOK15jsl'] },
    headers: {
      'svix-id': 'msg_loFOjxBNrRLzqYUf',
      'svix-timestamp': '1731705121',
      'svix-signature': 'v1,rAvfW3dJ/X/qxhsaXPOyyCGmRKsaKWcsNccKXlIktD0=',
    },
    body: '{"event_type":"ping","data":{"success":true}}',
    nowMs: 1_731_705_121_000,
    source: 'published in its documentation',
  },
  {
    verify: { scheme: 'github', secrets: ["It's a Secret to Everybody"] },
    headers: {
      'x-hub-signature-256': 'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17',
    },
    body: 'Hello, World!',
    nowMs: 1_700_000_000_000,
    source: 'published in its documentation',
  },
  {
    verify: { scheme: 'slack', secrets: ['8f742231b10e8888abcd99yyyzzz85a5'] },
    headers: {
      'x-slack-request-timestamp': '1531420618',
      'x-slack-signature': 'v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503',
    },
    body: slackCommand,
    nowMs: 1_531_420_618_000,
    source: 'published in its documentation',
  },
]
