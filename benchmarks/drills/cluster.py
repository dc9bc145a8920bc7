"""A Ray cluster of several nodes on this machine: prints its address, and ends with its standard input.

python -m benchmarks.drills.cluster NODES GPUS

The first node claims so many GPUs; where there are none, models run on the CPU.
"""

import sys

from ray.cluster_utils import Cluster


def main() -> None:
    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 1, "num_gpus": int(sys.argv[2])})
    for _ in range(int(sys.argv[1]) - 1):
        cluster.add_node(num_cpus=1)
    print(cluster.address, flush=True)
    sys.stdin.read()
    cluster.shutdown()


if __name__ == "__main__":
    main()
