/* A chart answers the question in its title; its numbers stand in the table below it. The data is in a JSON script beside the box. */
(function () {
  "use strict";
  const css = getComputedStyle(document.documentElement);
  const ink = (name) => css.getPropertyValue(name).trim();
  const PAPER = { width: 650, height: 640 }; // pixels on an A4 sheet: a canvas does not follow the paper by itself
  const colours = { open: ink("--open-mark"), progress: ink("--progress-mark"), soon: ink("--soon-mark"), wrong: ink("--wrong-mark"), done: ink("--done-mark"), brand: ink("--brand") };
  document.querySelectorAll("[data-chart]").forEach((box) => {
    const data = JSON.parse(document.getElementById(box.dataset.chart).textContent);
    if (data.across) box.style.height = `${Math.max(9, 3 + 2.25 * data.names.length)}rem`;
    const chart = echarts.init(box, null, { renderer: "canvas" });
    const bars = data.series.map((one) => ({
      name: one.name, type: "bar", stack: data.stacked ? "all" : undefined, barMaxWidth: 28,
      data: one.values.map((value, at) => (one.states ? { value, itemStyle: { color: colours[one.states[at]] } } : value)),
      itemStyle: { color: colours[one.state] || colours.brand },
    }));
    const names = { type: "category", data: data.names, axisTick: { show: false }, axisLabel: { color: ink("--ink-quiet"), interval: 0 }, inverse: Boolean(data.across) };
    const values = { type: "value", minInterval: 1, axisLabel: { color: ink("--ink-quiet") }, splitLine: { lineStyle: { color: ink("--line") } } };
    chart.setOption({
      animation: false, aria: { enabled: true }, textStyle: { fontFamily: getComputedStyle(document.body).fontFamily },
      grid: { left: 8, right: 16, top: data.series.length > 1 ? 36 : 12, bottom: 8, containLabel: true },
      legend: data.series.length > 1 ? { top: 0, left: 0, icon: "rect", itemWidth: 10, itemHeight: 10 } : undefined,
      tooltip: { trigger: "axis", renderMode: "richText", axisPointer: { type: "shadow" } },
      xAxis: data.across ? values : names, yAxis: data.across ? names : values, series: bars,
    });
    /* Names that do not fit side by side stand aslant; none is left out. */
    const fit = (width, height) => {
      const aslant = !data.across && (width === "auto" ? box.clientWidth : width) < 56 * data.names.length;
      chart.setOption({ xAxis: { axisLabel: { rotate: aslant ? 60 : 0, hideOverlap: false } } });
      chart.resize({ width, height });
    };
    fit("auto", "auto");
    window.addEventListener("resize", () => fit("auto", "auto"));
    const height = box.style.height;
    window.addEventListener("beforeprint", () => {
      const tall = Math.min(box.clientHeight, PAPER.height);
      box.style.height = `${tall}px`;
      fit(PAPER.width, tall);
      chart.getZr().flush(); // no frame is drawn while the sheet is made
    });
    window.addEventListener("afterprint", () => {
      box.style.height = height;
      fit("auto", "auto");
    });
  });
})();
