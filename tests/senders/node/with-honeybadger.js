const http = require("http");
const Honeybadger = require("@honeybadger-io/js");
const { from, serve } = require("./shop");

// Its transport leaves out the endpoint's port, which is 443 elsewhere.
const { port } = new URL(from("URL"));
const request = http.request;
http.request = (options, ...rest) => request({ ...options, port }, ...rest);

const honeybadger = Honeybadger.factory({
  apiKey: from("KEY"), endpoint: from("URL"), environment: from("ENVIRONMENT"), revision: from("RELEASE"),
  projectRoot: __dirname, reportData: true, enableUncaught: false, insights: { enabled: true },
});
honeybadger.setContext({ user_id: from("USER") });
serve({
  capture: (error) => honeybadger.notifyAsync(error).catch(() => {}),
  noise: () => honeybadger.event("stock counted", { items: 3 }),
  end: () => honeybadger.flushAsync().catch(() => {}),
});
