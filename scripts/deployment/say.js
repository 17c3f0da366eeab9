// What scripts/deploy prints.
function say(message) {
  console.log(`deploy: ${message}`);
}

function stop(message) {
  console.error(`deploy: ${message}`);
  process.exit(1);
}

// Unix seconds as a date.
const date = (seconds) => new Date(Number(seconds) * 1000).toISOString().replace("T", " ").replace(".000Z", " UTC");

module.exports = { say, stop, date };
