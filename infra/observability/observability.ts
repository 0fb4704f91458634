import * as gcp from '@pulumi/gcp';
import * as pulumi from '@pulumi/pulumi';
import { type Context, childOptions } from '../context.ts';
import { type Alert, documentationOf } from './alert.ts';
import { alertsOf } from './alerts.ts';
import { batchAlertsOf } from './batch-alerts.ts';
import { dashboardOf } from './dashboard.ts';
import { fieldOf, filterOf, type LogMetric, logMetrics } from './log-metrics.ts';

/**
 * Metrics from the functions' log lines, alerts, and a dashboard.
 * @param batch the batch layer, when there is one; its alerts are made after it, or they would miss its first tick
 */
export class Observability extends pulumi.ComponentResource {
  constructor(context: Context, parent: pulumi.Resource, batch: pulumi.Resource | undefined) {
    super('onramp:infra:Observability', 'observability', {}, { parent });
    const { project } = context;
    const options = childOptions(this, context);
    for (const metric of Object.values(logMetrics)) {
      new gcp.logging.Metric(metric.id, metricOf(metric, project), options);
    }
    const channels = context.notificationChannels.map(channel =>
      channel.includes('@') ? emailChannel(channel, project, options).id : channel,
    );
    for (const alert of alertsOf(project)) {
      new gcp.monitoring.AlertPolicy(alert.id, policyOf(alert, project, channels), options);
    }
    if (batch !== undefined) {
      const afterwards = { ...options, dependsOn: [...options.dependsOn, batch] };
      for (const alert of batchAlertsOf(project)) {
        new gcp.monitoring.AlertPolicy(alert.id, policyOf(alert, project, channels), afterwards);
      }
    }
    const dashboard = dashboardOf(project, { withExports: batch !== undefined });
    new gcp.monitoring.Dashboard(
      'onramp',
      { project, dashboardJson: JSON.stringify(dashboard, undefined, 2) },
      options,
    );
    this.registerOutputs({});
  }
}

function metricOf(metric: LogMetric, project: string): gcp.logging.MetricArgs {
  return {
    name: metric.id,
    project,
    description: metric.description,
    filter: filterOf(metric),
    // A counter would count lines. The sum of a distribution counts what the lines tell of.
    metricDescriptor: {
      metricKind: 'DELTA',
      valueType: 'DISTRIBUTION',
      unit: '1',
      labels: metric.labels.map(key => ({ key, valueType: 'STRING' })),
    },
    valueExtractor: fieldOf('count'),
    labelExtractors: Object.fromEntries(metric.labels.map(key => [key, fieldOf(key)])),
    bucketOptions: { exponentialBuckets: { numFiniteBuckets: 12, growthFactor: 2, scale: 1 } },
  };
}

function emailChannel(address: string, project: string, options: pulumi.CustomResourceOptions) {
  return new gcp.monitoring.NotificationChannel(
    address,
    {
      project,
      type: 'email',
      displayName: `Onramp: ${address}`,
      labels: { email_address: address },
      userLabels: { app: 'onramp' },
    },
    options,
  );
}

function policyOf(
  alert: Alert,
  project: string,
  channels: readonly pulumi.Input<string>[],
): gcp.monitoring.AlertPolicyArgs {
  return {
    project,
    displayName: `Onramp: ${alert.title}`,
    severity: alert.severity,
    combiner: 'OR',
    conditions: alert.conditions.map(({ title, query, minutes }) => ({
      displayName: title,
      conditionPrometheusQueryLanguage: {
        query,
        duration: `${minutes * 60}s`,
        evaluationInterval: '60s',
        // In a new project most metrics come into being with the first message.
        disableMetricValidation: true,
      },
    })),
    documentation: { content: documentationOf(alert), mimeType: 'text/markdown', subject: `Onramp: ${alert.title}` },
    notificationChannels: [...channels],
    alertStrategy: { autoClose: '604800s' },
    userLabels: { app: 'onramp', alert: alert.id },
  };
}
