/** Installs nats-server; throws one line that says how to get it. */
export function installNatsServer(): void;
