// A page in Chromium, with Sentry's SDK in it.
const fs = require("fs");
const http = require("http");
const path = require("path");
const esbuild = require("esbuild");
const { chromium } = require("playwright-core");
const { from, serve } = require("./shop");

const NODE_PATHS = [process.env.NODE_PATH];
const told = Object.fromEntries(["DSN", "RELEASE", "ENVIRONMENT", "USER", "TRACE"].map((name) => [name, from(name)]));

async function main() {
  esbuild.buildSync({
    entryPoints: ["page.js"], bundle: true, outfile: "built/page.js", nodePaths: NODE_PATHS, logLevel: "error",
    define: { TOLD: JSON.stringify(told) }, format: "iife", sourcemap: true, target: "chrome120",
  });
  const script = fs.readFileSync(path.join("built", "page.js"));
  const server = http.createServer((request, answer) => {
    const page = request.url === "/";
    answer.writeHead(200, { "content-type": page ? "text/html" : "text/javascript" });
    answer.end(page ? "<!doctype html><title>shop</title><script src=/page.js></script>" : script);
  });
  await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
  const executablePath = process.env.CHROMIUM || "/usr/bin/chromium";
  const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
  const page = await browser.newPage();
  page.on("console", (message) => console.error(message.text()));
  await page.goto(`http://127.0.0.1:${server.address().port}/`);
  const crash = (text) => page.evaluate((text) => window.shop.crash(text), text);
  await serve({
    capture: (error) => page.evaluate((text) => window.shop.capture(text), error.message),
    noise: () => page.evaluate(() => window.shop.noise()),
    crash,
    end: () => page.evaluate(() => window.shop.end()),
  });
  await browser.close();
  server.close();
}
main();
