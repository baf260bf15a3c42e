"""A session in memory, with everything that acts on it."""

import msgspec

from hatchpod_api.agents.commands import Commands
from hatchpod_api.agents.past import Follower
from hatchpod_api.agents.session import Session
from hatchpod_api.agents.turns import Turns


class Held(msgspec.Struct, eq=False):
    session: Session
    turns: Turns
    commands: Commands
    follower: Follower | None = None

    async def stop_following(self) -> None:
        if self.follower is not None:
            await self.follower.stop()
            self.follower = None

    async def release(self) -> None:
        """End its agent, and wait for that."""
        await self.stop_following()
        await self.turns.agent.close()
