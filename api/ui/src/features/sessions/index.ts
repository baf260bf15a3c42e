export { titleOf } from './rows';
export { SessionMenu } from './session-menu';
export { SessionsPage } from './sessions-page';
export { StatusMark } from './status';
