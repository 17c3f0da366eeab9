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
  // The step that all charts show; none where they show the last.
  let at = -1;
  const show = (i) => {
    at = i;
    charts.forEach((each, place) => {
      const x = +each.dataset.left + (+each.dataset.width * (times[i] - times[0])) / span;
      rules[place].setAttribute("transform", `translate(${x} 0)`);
      rules[place].style.visibility = "visible";
    });
    clocks.forEach(({ at }) => { at.textContent = clock(times[i]); });
    readings.forEach(({ at, values }) => { at.textContent = write(values[i], at.dataset); });
  };
  const follow = (event) => {
    const chart = event.currentTarget;
    const box = chart.getBoundingClientRect();
    const [left, width] = [+chart.dataset.left, +chart.dataset.width];
    const share = (((event.clientX - box.left) / box.width) * chart.viewBox.baseVal.width - left) / width;
    show(nearest(times[0] + Math.min(1, Math.max(0, share)) * span));
  };
  const leave = () => {
    at = -1;
    rules.forEach((rule) => { rule.style.visibility = "hidden"; });
    [...readings, ...clocks].forEach(({ at, rest }) => { at.textContent = rest; });
  };
  // A finger that lifts has pointed all the same: what it tapped stays until it taps elsewhere.
  charts.forEach((chart) => {
    chart.addEventListener("pointerdown", follow);
    chart.addEventListener("pointermove", follow);
    chart.addEventListener("pointerleave", ({ pointerType }) => { if (pointerType !== "touch") leave(); });
  });
  document.addEventListener("pointerdown", ({ target }) => { if (!target.closest("svg.time")) leave(); });

  // The same by the keyboard, and said.
  const last = times.length - 1;
  const steps = { ArrowLeft: () => (at < 0 ? last : Math.max(at - 1, 0)), ArrowRight: () => (at < 0 ? 0 : Math.min(at + 1, last)), Home: () => 0, End: () => last };
  document.querySelectorAll(".stack").forEach((stack) => {
    const spoken = stack.querySelector(".spoken");
    const read = (legend) => {
      const lines = [...legend.querySelectorAll(".key")].filter((key) => key.querySelector("b") && !key.textContent.endsWith("–"));
      return [legend.querySelector(".name"), ...lines].map((part) => part.textContent.trim()).join(", ");
    };
    stack.addEventListener("keydown", (event) => {
      const next = steps[event.key];
      if (!next) return;
      event.preventDefault();
      show(next());
      spoken.textContent = `${clock(times[at])}. ${[...stack.querySelectorAll(".legend")].map(read).join(". ")}`;
    });
    stack.addEventListener("blur", leave);
  });
  // A table that is wider than its card scrolls by the keyboard, too.
  const fit = new ResizeObserver((seen) => seen.forEach(({ target }) => {
    const scrolls = target.scrollWidth > target.clientWidth || target.scrollHeight > target.clientHeight;
    if (scrolls) target.tabIndex = 0;
    else target.removeAttribute("tabindex");
  }));
  document.querySelectorAll(".scroll, .log").forEach((table) => fit.observe(table));

  const labels = read("frames");
  const slider = document.getElementById("frame");
  const frame = () => {
    document.getElementById("frame-label").textContent = labels[+slider.value];
    document.querySelectorAll(".frame").forEach((each) => {
      each.classList.toggle("hidden", each.dataset.frame !== slider.value);
    });
  };
  slider.addEventListener("input", frame);
  frame();
})();
