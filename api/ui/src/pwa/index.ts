import { reloadWhenFilesAreGone } from './lost-files';
import { registerWhenIdle } from './registration';

export { isLostFile, loadAnew } from './lost-files';
export { Pwa } from './notices';
export { pushState, renewPush, turnOffPush, turnOnPush, type PushState } from './push';

export function startPwa(): void {
  reloadWhenFilesAreGone();
  registerWhenIdle();
}
