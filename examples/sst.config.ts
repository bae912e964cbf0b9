// SST: `sst dev` shows it as a command beside the others; in a deployment it is the task of ecs-task.json. Not run on the service.
/// <reference path="./.sst/platform/config.d.ts" />
export default $config({
  app: () => ({ name: "shop", home: "aws" }),
  async run() {
    new sst.x.DevCommand("Reindex", {
      dev: {
        autostart: false,
        command: "scripts/post-deploy --time-limit 14m --wait-for 2m",
      },
      environment: {
        DATABASE_URL: process.env.DATABASE_URL!,
        OPENSEARCH_URL: process.env.OPENSEARCH_URL!,
      },
    });
  },
});
