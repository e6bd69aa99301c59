<?php
// A small shop that fails, and is told to: one command a line on its standard input. Monolog writes, a handler posts.
require "Monolog/autoload.php";

use Monolog\Formatter\JsonFormatter;
use Monolog\Handler\AbstractProcessingHandler;
use Monolog\Logger;

final class OutOfStockException extends RuntimeException {}

final class SeawallHandler extends AbstractProcessingHandler
{
    public function __construct(private string $url, private string $key, int $level = Logger::WARNING)
    {
        parent::__construct($level);
        $formatter = new JsonFormatter();
        $formatter->includeStacktraces();
        $this->setFormatter($formatter);
    }

    protected function write(array $record): void
    {
        $headers = ["Content-Type: application/json", "X-Seawall-Key: $this->key"];
        $http = ["method" => "POST", "header" => $headers, "content" => $record["formatted"], "timeout" => 5];
        @file_get_contents("$this->url/v1/errors", false, stream_context_create(["http" => $http]));
    }
}

function reserve(string $text): void
{
    throw new OutOfStockException($text);
}

function told(string $name): string
{
    return getenv("SENDER_$name");
}

$log = new Logger("shop.stock", [new SeawallHandler(told("URL"), told("KEY"))]);
$log->pushProcessor(function (array $record): array {
    $record["extra"] += [
        "release" => told("RELEASE"), "environment" => told("ENVIRONMENT"),
        "user_id" => told("USER"), "trace_id" => told("TRACE"),
    ];
    return $record;
});
set_exception_handler(fn (Throwable $error) => $log->critical($error->getMessage(), ["exception" => $error]) ?? exit(255));

while (($line = fgets(STDIN)) !== false) {
    [$command, $text] = explode(" ", rtrim($line), 2) + ["", ""];
    if ($command === "catch") {
        try {
            reserve($text);
        } catch (OutOfStockException $error) {
            $log->error("item was not reserved", ["exception" => $error]);
        }
    } elseif ($command === "noise") {
        $log->info("stock was counted");
    } else {
        reserve($text);
    }
    echo "done\n";
}
