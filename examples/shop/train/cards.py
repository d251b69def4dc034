def run(metrics):
    pass
