// Load of: @TITLE@
//
//   k6 run -e BASE_URL=http://127.0.0.1:8080 load.js
//
// Times are taken where this script runs: the network between it and the gateway is part of them.
// TOKEN, if given, is sent as a bearer token. BODY_ROUTE names a file with a request for a route whose contract is not known.
import http from 'k6/http';
import exec from 'k6/execution';
import { check, fail, sleep } from 'k6';
import { Rate } from 'k6/metrics';

const base = __ENV.BASE_URL || 'http://127.0.0.1:8080';

export const options = @OPTIONS@;

// Routes without a known contract.
const given = @GIVEN@;

// Seconds that a user waits between two requests, and rows of a request, by load.
const think = @THINK@;
const rows = @ROWS@;

// Whether an answer came from a rung.
const rungs = {
@RUNGS@
};

// What requests hold, by route.
const inputs = @INPUTS@;

const bodies = {};
for (const route of given) {
  const file = __ENV['BODY_' + route.replace(/[^A-Za-z0-9]/g, '_').toUpperCase()];
  if (file) {
    bodies[route] = open(file);
  }
}

export function setup() {
  for (const route of given) {
    if (!bodies[route]) {
      fail('name a file with a request for ' + route + ' in BODY_' + route.replace(/[^A-Za-z0-9]/g, '_').toUpperCase());
    }
  }
}

// Numbers from 0 to 1, the same for the same iteration (xorshift, Marsaglia 2003).
function chance(seed) {
  let state = (seed * 2654435761 + 1) >>> 0 || 1;
  return function () {
    state ^= state << 13;
    state >>>= 0;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state / 4294967296;
  };
}

function value(input, next) {
  if (input.allowed) {
    return input.allowed[Math.floor(next() * input.allowed.length)];
  }
  if (input.kind === 'text') {
    return 'a';
  }
  if (input.kind === 'truth') {
    return next() < 0.5;
  }
  const low = input.min !== undefined ? input.min : Math.min(0, input.max !== undefined ? input.max : 0);
  const high = input.max !== undefined ? input.max : low + 100;
  const number = low + next() * (high - low);
  return input.kind === 'whole' ? Math.round(number) : number;
}

function body(route, count, iteration) {
  if (bodies[route]) {
    return bodies[route];
  }
  const next = chance(iteration + 1);
  const tensors = inputs[route].map(function (input) {
    const shape = [count].concat(input.shape || []);
    const length = shape.reduce((product, part) => product * part, 1);
    return { name: input.name, datatype: input.datatype, shape: shape, data: Array.from({ length: length }, () => value(input, next)) };
  });
  return JSON.stringify({ inputs: tensors });
}

export function call() {
  const route = __ENV.ROUTE;
  const headers = { 'Content-Type': 'application/json' };
  if (__ENV.TOKEN) {
    headers.Authorization = 'Bearer ' + __ENV.TOKEN;
  }
  const request = body(route, rows[__ENV.RUN] || 1, exec.scenario.iterationInTest);
  const answer = http.post(base + '/v2/models/' + route + '/infer', request, { headers: headers, tags: { name: route } });
  check(answer, { answered: (got) => got.status === 200 });
  for (const rung of Object.keys(rungs)) {
    rungs[rung].add(answer.headers['Charter-Rung'] === rung);
  }
  if (think[__ENV.RUN]) {
    sleep(think[__ENV.RUN]);
  }
}
