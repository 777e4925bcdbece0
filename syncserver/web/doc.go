// Package web is the frame of both sites: pages from templates, one style sheet,
// sessions, languages, security headers and error pages. It has no page of its
// own but the error page.
//
// A site is a list of routes: a pattern, who may come, and a [Page] that decodes,
// calls one use case and shows a template or goes elsewhere. Every page works
// without script; htmx (static/, 0BSD) only saves reloads.
//
// What holds for every route:
//   - a state-changing request from a foreign origin is refused (403)
//   - no script, style, frame or form target from elsewhere (Content-Security-Policy)
//   - bodies of at most MaxBody bytes; nothing personal is cached
//   - cookies carry the prefix __Host- when the site is served by TLS
//   - an error becomes a page by its fault code; operators get its chain, without
//     what anybody typed
package web
