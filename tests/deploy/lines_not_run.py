"""Commands that our pages and files tell and that no test runs as they stand, each with the reason.

All others are run. What is told newly is a failure of `test_told_commands.py` until it is run, or
stands here.
"""

_ENGINE = "needs a container engine: tests/deploy/test_image.py runs what make image assembles"
_REGISTRY = "brings an image to an engine or a registry, and neither can be had in a test"
_KUBERNETES = "needs a cluster: tests/deploy/test_kubernetes.py holds the files against its schemas"
_SYSTEMD = "needs systemd: tests/deploy/test_systemd.py checks the units"
_ENVOY = "serves until it is stopped: tests/deploy/test_envoy.py runs it at free ports"
_SERVES = "serves until it is stopped: most tests run it by tests/servers/programs.py"
_SIGNALS = "tests/integration/test_log_levels.py sends it to programs that it has started"
_SETTING = "only a setting, with which tests/integration/test_tracing.py runs the programs"
_FIRST_RUN = "the first lines of docs/operations.md, which are run, and a server that goes on"
_CLUSTER = "of Cassandra's own tools, which the tests have not: their node is made of jars alone"

NOT_RUN = {
    "make run": "tests/integration/test_make_run.py runs it, and what it prints",
    "make test": "would run the tests within the tests",
    "export GETME_SECRET_KEY_FILE=/run/secrets/getme-key": _FIRST_RUN,
    "export GETME_STORE='cassandra://host1,host2/killrvideo?local_dc=dc1'": _FIRST_RUN,
    "getme-server migrate && getme-server doctor && getme-server serve": _FIRST_RUN,
    "getme-gateway serve": _SERVES,
    'getme-server serve | tee >(grep --line-buffered \'"logger":"getme.audit"\''
    " >> /var/log/getme-audit.jsonl)": _SERVES,
    "kill -USR1 PID": _SIGNALS,
    "kill -USR2 PID": _SIGNALS,
    "systemctl kill --kill-whom=main --signal=SIGUSR1 getme-server": _SYSTEMD,
    "pip install 'getme[otel]'": "tests/deploy/test_dockerfile.py installs the extra from uv.lock",
    "export GETME_TRACING=otlp": _SETTING,
    "export GETME_TRACING_ENDPOINT=http://127.0.0.1:4317": _SETTING,
    "export GETME_TRACING_RATIO=0.01": _SETTING,
    "K=killrvideo": _CLUSTER,
    "nodetool snapshot --tag getme --kt-list $K.users,$K.user_credentials": _CLUSTER,
    "nodetool snapshot --tag getme-own --kt-list"
    " $K.getme_moderators,$K.getme_removals,$K.getme_revocations,$K.getme_sessions": _CLUSTER,
    "cqlsh -e 'TRUNCATE killrvideo.getme_changes'": _CLUSTER,
    "nodetool refresh killrvideo users": _CLUSTER,
    "docker build -f deploy/Dockerfile -t getme:0.1.0 .": _ENGINE,
    "docker compose -f deploy/compose.yaml up --build": _ENGINE,
    "skopeo copy oci:dist/image/oci:0.1.0 docker-archive:getme.tar:getme:0.1.0"
    " && docker load --input getme.tar": _REGISTRY,
    "skopeo copy oci:dist/image/oci:0.1.0 docker://registry.example.org/getme:0.1.0": _REGISTRY,
    "kubectl create namespace getme": _KUBERNETES,
    "kubectl -n getme create secret generic getme-keys --from-file=secret-key=./secret-key": (
        _KUBERNETES
    ),
    "kubectl apply -k deploy/kubernetes": _KUBERNETES,
    "python3 -m venv /opt/getme && /opt/getme/bin/pip install dist/*.whl": (
        "tests/integration/test_packages.py does it in a folder of its own"
    ),
    "cp deploy/systemd/*.service /etc/systemd/system/"
    " && systemctl enable --now getme-server getme-gateway": _SYSTEMD,
    "envoy -c deploy/envoy/grpc.yaml": _ENVOY,
    "envoy -c deploy/envoy/jwt.yaml": _ENVOY,
    "envoy -c deploy/envoy/rest.yaml": _ENVOY,
}
