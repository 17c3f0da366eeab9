// What tests find on the page and do with it.
export const go = (page, view) => page.getByRole("navigation", { name: "Views" }).getByRole("link", { name: view }).click();
/** Waits until a view is there and has all that it reads: right after its address it may be the last one's still. */
export async function arrive(page, view) {
  const own = { trade: "Options chain", positions: "Held positions", provide: "Share", pool: "Surface over time" }[view];
  await page.getByRole("region", { name: own, exact: true }).waitFor();
  await page.waitForFunction(() => document.querySelector(".skeleton") === null);
}
export const price = (page, side, series) => page.getByRole("button", { name: new RegExp(`^${side} ETH \\d{4}-\\d{2}-\\d{2} ${series} at`) });
export const ticket = (page) => page.getByRole("complementary", { name: "Ticket" });
export const alerts = (page) => ticket(page).getByRole("alert");
export const amount = (text) => Number(text.replace(/[^\d.−-]/g, "").replace("−", "-"));

export const margin = (page) => page.locator("details.panel", { hasText: "Margin account" });
export async function openMargin(page) {
  await margin(page).getByRole("heading", { name: "Margin account" }).waitFor();
  // An account that is in use opens by itself once it is read: a click then would close it.
  await margin(page).evaluate((element) => (element.open = true));
  await margin(page).getByLabel(/^Margin, /).waitFor();
}
export async function payIn(page, amount) {
  await openMargin(page);
  await margin(page).getByRole("button", { name: "Pay in", exact: true }).click();
  await margin(page).getByLabel(/^Margin, /).fill(amount);
  await margin(page).getByRole("button", { name: "Pay in margin" }).click();
  await margin(page).getByText(/^Paid in [\d,.]+ USD\.$/).waitFor();
}
export async function order(page, side, series, size, place) {
  await go(page, "Trade");
  await price(page, side, series).click();
  await ticket(page).getByLabel("Settle with").selectOption(place);
  await ticket(page).getByLabel(/^Size of/).fill(size);
  await ticket(page).getByRole("button", { name: new RegExp(`^${side} for`) }).click();
  await ticket(page).getByText(/, in block \d+\.$/).waitFor();
}
