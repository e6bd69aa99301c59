const Rollbar = require("rollbar");
const { from, serve } = require("./shop");

const rollbar = new Rollbar({
  accessToken: from("KEY"), endpoint: `${from("URL")}/api/1/item/`, environment: from("ENVIRONMENT"),
  codeVersion: from("RELEASE"), captureUncaught: true, payload: { person: { id: from("USER") } },
});
serve({
  capture: (error) => void rollbar.error(error),
  noise: () => void rollbar.info("stock was counted"),
  end: () => new Promise((done) => rollbar.wait(done)).then(() => process.exit()),
});
