export { type RouteHost, routeHost } from './host.ts'
export { parseRoute, type Route, RouteError } from './route.ts'
export { createRouter, type Router, type RouteStatus } from './router.ts'
