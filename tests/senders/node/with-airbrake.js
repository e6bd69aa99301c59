const { Notifier } = require("@airbrake/node");
const { from, serve } = require("./shop");

const airbrake = new Notifier({
  projectId: 1, projectKey: from("KEY"), host: from("URL"), environment: from("ENVIRONMENT"), remoteConfig: false,
});
const context = { version: from("RELEASE"), rootDirectory: __dirname, user: { id: from("USER") } };
serve({
  capture: (error) => airbrake.notify({ error, context }),
  noise: () => void airbrake.routes.start("GET", "/items"),
  end: () => airbrake.flush(8000).then(() => process.exit()),
});
