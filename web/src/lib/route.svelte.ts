/** Which view the address names: `#/trade`. */
export const views = ["trade", "positions", "provide", "pool"] as const;
export type View = (typeof views)[number];

function read(): View {
  const name = location.hash.replace(/^#\/?/, "");
  return (views as readonly string[]).includes(name) ? (name as View) : "trade";
}

export const route = $state({ view: read() });
addEventListener("hashchange", () => {
  route.view = read();
  scrollTo(0, 0);
});
