// Package counter is what a clerk can do, once for both faces and the verbs.
//
// Counter has the acts (Accept, Sell, Return, Refund …) and the lists. Each act
// is one transaction of the local file: checked, recorded, durable, and only then
// answered. None waits for the network.
//
// Desk is the conversation of one window: scans, digits and keys in, a Screen
// out. A face draws a Screen and hands back events; it decides nothing, so the
// desktop and the terminal can't differ.
package counter
