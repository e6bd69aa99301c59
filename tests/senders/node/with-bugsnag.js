const Bugsnag = require("@bugsnag/node");
const { from, serve } = require("./shop");

const client = Bugsnag.createClient({
  apiKey: from("KEY"), appVersion: from("RELEASE"), releaseStage: from("ENVIRONMENT"), projectRoot: __dirname,
  endpoints: { notify: `${from("URL")}/bugsnag/notify`, sessions: `${from("URL")}/bugsnag/sessions` },
});
client.setUser(from("USER"));
serve({
  capture: (error) => client.notify(error),
  noise: () => void client.startSession(),
  end: () => new Promise((done) => setTimeout(done, 2000)), // it has no flush
});
