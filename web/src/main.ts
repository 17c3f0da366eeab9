import { mount } from "svelte";
import App from "./App.svelte";
import "./app.css";
import { start } from "./lib/live.svelte";

mount(App, { target: document.getElementById("app")! });
void start();
