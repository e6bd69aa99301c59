// What logs and traces of OpenTelemetry have in common.
const { context, trace, ROOT_CONTEXT } = require("@opentelemetry/api");
const { resourceFromAttributes } = require("@opentelemetry/resources");
const { from } = require("./shop");

const resource = resourceFromAttributes({
  "service.name": "shop", "service.version": from("RELEASE"), "deployment.environment.name": from("ENVIRONMENT"),
});
const parent = trace.setSpanContext(ROOT_CONTEXT, {
  traceId: from("TRACE"), spanId: "00f067aa0ba902b7", traceFlags: 1, isRemote: true,
});

module.exports = { resource, parent };
