/** Whether the wallet menu is open; every "Connect" on the page opens the same one. */
export const menu = $state({ isOpen: false });
