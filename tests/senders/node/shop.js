// A small shop that fails, and is told to: one command a line on its standard input.
const readline = require("readline");

class OutOfStockError extends Error {
  constructor(message) {
    super(message);
    this.name = "OutOfStockError";
  }
}

function reserve(text) {
  throw new OutOfStockError(text);
}

function caught(text) {
  try {
    reserve(text);
  } catch (error) {
    return error;
  }
}

// Each starts in a timer, as requests do: without the frames of who reads the input.
const later = (action) => new Promise((done, failed) => setTimeout(() => Promise.resolve(action()).then(done, failed), 1));

async function serve({ capture, noise = () => {}, end = () => {}, crash = (text) => setTimeout(() => reserve(text), 1) }) {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const [command, ...words] = line.split(" ");
    const text = words.join(" ");
    if (command === "catch") await later(() => capture(caught(text)));
    else if (command === "noise") await noise();
    else await crash(text);
    console.log("done");
  }
  await end();
}

const from = (name) => process.env[`SENDER_${name}`];

module.exports = { serve, from };
