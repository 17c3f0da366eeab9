(() => {
  document.documentElement.classList.add("scripted");
  const read = (id) => JSON.parse(document.getElementById(id).textContent);
  const times = read("times");
  const span = times[times.length - 1] - times[0];
  const charts = [...document.querySelectorAll("svg.time")];
  const rules = charts.map((chart) => chart.querySelector(".rule"));
  const readings = [...document.querySelectorAll("b[data-values]")].map((at) => ({
    at, values: JSON.parse(at.dataset.values), rest: at.textContent,
  }));
  const write = (value, { prefix, suffix, decimals }) => {
    if (value === null || value === undefined) return "–";
    const digits = Math.abs(value).toLocaleString("en-US", {
      minimumFractionDigits: +decimals, maximumFractionDigits: +decimals,
    });
    return (value < 0 && /[1-9]/.test(digits) ? "−" : "") + prefix + digits + suffix;
  };
  const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
  const clock = (time) => {
    const at = new Date(time * 1000);
    const two = (part) => String(part).padStart(2, "0");
    return `${at.getUTCDate()} ${months[at.getUTCMonth()]} ${two(at.getUTCHours())}:${two(at.getUTCMinutes())}`;
  };
  const clocks = [...document.querySelectorAll(".when")].map((at) => ({ at, rest: at.textContent }));
  const nearest = (time) => {
    let best = 0;
    times.forEach((t, i) => { if (Math.abs(t - time) < Math.abs(times[best] - time)) best = i; });
    return best;
  };
  const follow = (event) => {
    const chart = event.currentTarget;
    const box = chart.getBoundingClientRect();
    const [left, width] = [+chart.dataset.left, +chart.dataset.width];
    const share = (((event.clientX - box.left) / box.width) * chart.viewBox.baseVal.width - left) / width;
    const i = nearest(times[0] + Math.min(1, Math.max(0, share)) * span);
    charts.forEach((each, place) => {
      const x = +each.dataset.left + (+each.dataset.width * (times[i] - times[0])) / span;
      rules[place].setAttribute("transform", `translate(${x} 0)`);
      rules[place].style.visibility = "visible";
    });
    clocks.forEach(({ at }) => { at.textContent = clock(times[i]); });
    readings.forEach(({ at, values }) => { at.textContent = write(values[i], at.dataset); });
  };
  const leave = () => {
    rules.forEach((rule) => { rule.style.visibility = "hidden"; });
    [...readings, ...clocks].forEach(({ at, rest }) => { at.textContent = rest; });
  };
  charts.forEach((chart) => {
    chart.addEventListener("pointermove", follow);
    chart.addEventListener("pointerleave", leave);
  });

  const labels = read("frames");
  const slider = document.getElementById("frame");
  const show = () => {
    document.getElementById("frame-label").textContent = labels[+slider.value];
    document.querySelectorAll(".frame").forEach((frame) => {
      frame.classList.toggle("hidden", frame.dataset.frame !== slider.value);
    });
  };
  slider.addEventListener("input", show);
  show();
})();
