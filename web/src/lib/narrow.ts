/** Windows that show less beside each other: as narrow as a telephone, and too narrow for a second column. */
import { MediaQuery } from "svelte/reactivity";

export const narrow = new MediaQuery("(max-width: 760px)");
export const oneColumn = new MediaQuery("(max-width: 1040px)");
