import {ConnectionLostError} from "@web/core/network/rpc";

/**
 * Call back when the connection stands again: the bus tells what it remembers, which is not all.
 *
 * @param {object} bus Odoo's `bus_service`
 * @param {Function} callback
 */
export function onReturn(bus, callback) {
    let isAway = false;
    bus.addEventListener("BUS:DISCONNECT", () => (isAway = true));
    for (const name of ["BUS:CONNECT", "BUS:RECONNECT"]) {
        bus.addEventListener(name, () => {
            if (isAway || name === "BUS:RECONNECT") {
                isAway = false;
                callback();
            }
        });
    }
}

/**
 * Ask the server for what can wait for the next return.
 *
 * @param {Promise} asked
 * @returns {Promise} undefined where the connection is lost
 */
export async function ifConnected(asked) {
    try {
        return await asked;
    } catch (error) {
        if (!(error instanceof ConnectionLostError)) {
            throw error;
        }
    }
}
