const { SeverityNumber } = require("@opentelemetry/api-logs");
const { LoggerProvider, BatchLogRecordProcessor } = require("@opentelemetry/sdk-logs");
const { OTLPLogExporter } = require("@opentelemetry/exporter-logs-otlp-http");
const { resource, parent } = require("./otlp-start");
const { from, serve } = require("./shop");

const exporter = new OTLPLogExporter();
const logs = new LoggerProvider({ resource, processors: [new BatchLogRecordProcessor({ exporter })] });
const logger = logs.getLogger("shop.stock");

function capture(error) {
  logger.emit({
    context: parent, severityNumber: SeverityNumber.ERROR, severityText: "ERROR", body: "item was not reserved",
    attributes: {
      "exception.type": error.name, "exception.message": error.message, "exception.stacktrace": error.stack,
      "user.id": from("USER"),
    },
  });
}

const noise = () => logger.emit({ context: parent, severityNumber: SeverityNumber.INFO, body: "stock was counted" });
serve({ capture, noise, end: () => logs.shutdown() });
