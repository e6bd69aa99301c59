// A Node service that logs as pino does, and at last dies of an error that nobody catches.
"use strict";

const crashes = Number(process.env.DEMO_CRASHES || 8);
const seconds = Number(process.env.DEMO_SECONDS || 10);

class RenderError extends Error {
  constructor(message, options) {
    super(message, options);
    this.name = "RenderError";
  }
}

const catalogue = { anchor: { price: { amount: 120 } }, lamp: {} };

function price(item) {
  return catalogue[item].price.amount;
}

function render(item) {
  try {
    return `<b>${price(item)}</b>`;
  } catch (cause) {
    throw new RenderError(`cannot render ${item}`, { cause });
  }
}

function log(level, msg, err) {
  const line = { level, time: Date.now(), pid: process.pid, name: "storefront", msg };
  if (err) line.err = { type: err.name, message: err.message, stack: err.stack };
  process.stdout.write(JSON.stringify(line) + "\n");
}

function work(number) {
  try {
    if (number % 2) render("lamp");
    else JSON.parse('{"cart": [');
  } catch (err) {
    log(50, `request ${1000 + number} failed`, err);
  }
  if (number + 1 < crashes) setTimeout(work, (seconds * 1000) / crashes, number + 1);
  else setImmediate(() => catalogue.compass.price.toFixed(2));
}

work(0);
