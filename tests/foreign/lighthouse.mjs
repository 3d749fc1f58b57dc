// Rates a page as Lighthouse's throttled mobile profile sees it; prints { performance, accessibility, failed } as one line.
import { launch } from "chrome-launcher";
import lighthouse from "lighthouse";
import { parseArgs } from "node:util";

const { values } = parseArgs({ options: { url: { type: "string" }, cookie: { type: "string" }, chrome: { type: "string" } } });
const chrome = await launch({ chromePath: values.chrome, chromeFlags: ["--headless", "--no-sandbox", "--disable-gpu"] });
try {
  const { lhr } = await lighthouse(values.url, {
    port: chrome.port,
    onlyCategories: ["performance", "accessibility"],
    extraHeaders: values.cookie ? { Cookie: values.cookie } : {},
    logLevel: "error",
  });
  const failed = Object.values(lhr.audits).filter((audit) => audit.score !== null && audit.score < 0.9).map((audit) => audit.id);
  const score = (name) => lhr.categories[name].score;
  console.log(JSON.stringify({ performance: score("performance"), accessibility: score("accessibility"), failed }));
} finally {
  chrome.kill();
}
