#!/usr/bin/env bash
# skrl 2.1.1 with Gymnasium 1.4.0. Behaviour: of a vector in autoreset mode NEXT_STEP, Gymnasium's default, the step that
# only resets goes into the memory as a transition: from the last observation of an episode to the first of the next,
# with reward 0 and not terminated. A value learnt from it leads from the end of one episode into another. Seen with DQN
# on episodes of three steps whose observation is the time: each fourth transition is 3 to 0.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install -q --disable-pip-version-check torch==2.13.0 skrl==2.1.1 gymnasium==1.4.0 numpy==2.4.6
cd "$folder"
cat >"$folder/try.py" <<'PYTHON'
import logging
import warnings

warnings.simplefilter("ignore")
import gymnasium
import numpy
from gymnasium.vector import AutoresetMode, SyncVectorEnv
from skrl import logger
from skrl.agents.torch.dqn import DQN, DQN_CFG
from skrl.envs.wrappers.torch import wrap_env
from skrl.memories.torch import RandomMemory
from skrl.trainers.torch import SequentialTrainer
from skrl.utils.model_instantiators.torch import deterministic_model

logger.setLevel(logging.ERROR)


class Clock(gymnasium.Env):
    observation_space = gymnasium.spaces.Box(-9, 9, (1,))
    action_space = gymnasium.spaces.Discrete(2)

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.time = 0
        return numpy.zeros(1, numpy.float32), {}

    def step(self, action):
        self.time += 1
        return numpy.full(1, self.time, numpy.float32), 1.0, self.time == 3, False, {}


env = wrap_env(SyncVectorEnv([Clock], autoreset_mode=AutoresetMode.NEXT_STEP))
spaces = {"observation_space": env.observation_space, "state_space": None, "action_space": env.action_space}
layers = [{"name": "net", "input": "OBSERVATIONS", "layers": [4], "activations": "relu"}]
networks = [deterministic_model(**spaces, device="cpu", network=layers, output="ONE") for _ in range(2)]
memory = RandomMemory(memory_size=8, num_envs=1, device="cpu")
settings = DQN_CFG()
settings.learning_starts = settings.random_timesteps = 100
settings.experiment.write_interval = settings.experiment.checkpoint_interval = 0
models = {"q_network": networks[0], "target_q_network": networks[1]}
agent = DQN(models=models, memory=memory, cfg=settings, **spaces, device="cpu")
run = {"timesteps": 8, "headless": True, "disable_progressbar": True}
SequentialTrainer(env=env, agents=agent, cfg=run).train()
columns = [memory.get_tensor_by_name(name).flatten().tolist()[:8] for name in ("observations", "next_observations")]
ends = memory.get_tensor_by_name("terminated").flatten().tolist()[:8]
print(" ".join(f"{a:.0f}-{b:.0f}{chr(33) * bool(end)}" for a, b, end in zip(*columns, ends)))
PYTHON
seen=$("$folder/venv/bin/python" "$folder/try.py" 2>"$folder/log") || { cat "$folder/log" >&2; exit 1; }
expected=$(
    cat <<'SEEN'
0-1 1-2 2-3! 3-0 0-1 1-2 2-3! 3-0
SEEN
)
printf '%s\n' "$seen"
if [ "$seen" != "$expected" ]; then
    printf '\nthe behaviour has changed; seen before:\n%s\n' "$expected" >&2
    exit 1
fi
