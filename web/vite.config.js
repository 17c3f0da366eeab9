import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vite";

// Relative addresses, so that the built page works below any path of any web server.
export default defineConfig({
  base: "./",
  plugins: [svelte()],
  // The client lies outside this folder and has a viem of its own for its tests.
  resolve: { dedupe: ["viem"] },
  build: { target: "es2022", reportCompressedSize: true, chunkSizeWarningLimit: 700 },
});
