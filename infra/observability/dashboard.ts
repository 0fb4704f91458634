import { logMetrics } from './log-metrics.ts';
import { signalsOf } from './signals.ts';

interface Chart {
  readonly title: string;
  readonly query: string;
  readonly unit: string;
}

const columns = 48;
const width = 24;
const height = 14;

/**
 * The dashboard as Cloud Monitoring's JSON (https://cloud.google.com/monitoring/api/ref_v3/rest/v1/projects.dashboards).
 * It names no ramp: a new one shows by itself.
 */
export function dashboardOf(project: string, { withExports }: { readonly withExports: boolean }) {
  const charts = [...chartsOf(project), ...(withExports ? exportChartsOf(project) : [])];
  const perRow = columns / width;
  return {
    displayName: 'Onramp',
    labels: { app: 'onramp' },
    mosaicLayout: {
      columns,
      tiles: charts.map((chart, index) => ({
        xPos: (index % perRow) * width,
        yPos: Math.floor(index / perRow) * height,
        width,
        height,
        widget: widgetOf(chart),
      })),
    },
  };
}

const perSecond = (by: string, selector: string) => `sum by (${by}) (rate(${selector}[5m]))`;
const inFiveMinutes = (by: string, selector: string) => `sum by (${by}) (increase(${selector}[5m]))`;

function chartsOf(project: string): readonly Chart[] {
  const signals = signalsOf(project);
  return [
    { title: 'Messages published, by topic', query: perSecond('topic_id', signals.published), unit: '1/s' },
    {
      title: 'Messages pushed to stages, by subscription and answer',
      query: perSecond('subscription_id, response_class', signals.pushes),
      unit: '1/s',
    },
    { title: 'Age of the oldest message', query: `max by (subscription_id) (${signals.age})`, unit: 's' },
    { title: 'Messages that wait', query: `max by (subscription_id) (${signals.waiting})`, unit: '1' },
    {
      title: 'Dead letters, by stage, reason and ramp',
      query: inFiveMinutes('stage, reason, ramp', signals.counted(logMetrics.deadLetters)),
      unit: '1',
    },
    {
      title: 'Messages given up by Pub/Sub',
      query: inFiveMinutes('subscription_id', signals.givenUp),
      unit: '1',
    },
    {
      title: 'Messages left to Pub/Sub, by stage',
      query: inFiveMinutes('stage', signals.counted(logMetrics.redeliveries)),
      unit: '1',
    },
    { title: 'Dead letters that are parked', query: `max by (subscription_id) (${signals.parked})`, unit: '1' },
    {
      title: 'Latency of functions, 95th percentile',
      query: `histogram_quantile(0.95, sum by (service_name, le) (rate(${signals.latencies}[5m])))`,
      unit: 'ms',
    },
    {
      title: 'Answers of functions, by class',
      query: perSecond('service_name, response_code_class', signals.requests),
      unit: '1/s',
    },
    { title: 'Lines with severity ERROR', query: inFiveMinutes('service_name', signals.errorLines), unit: '1' },
    { title: 'Instances', query: `sum by (service_name) (${signals.instances})`, unit: '1' },
  ];
}

function exportChartsOf(project: string): readonly Chart[] {
  const { ticks, tasks, taskAttempts, taskDelays } = signalsOf(project);
  return [
    { title: 'Ticks of plan-runs that succeeded', query: inFiveMinutes('service_name', ticks), unit: '1' },
    { title: 'Tasks of exports, by queue', query: `max by (queue_id) (${tasks})`, unit: '1' },
    {
      title: 'Attempts of tasks, by queue and answer',
      query: inFiveMinutes('queue_id, response_code', taskAttempts),
      unit: '1',
    },
    {
      title: 'Time that tasks wait for a slot, 95th percentile',
      query: `histogram_quantile(0.95, sum by (queue_id, le) (increase(${taskDelays}[1h])))`,
      unit: 'ms',
    },
  ];
}

function widgetOf({ title, query, unit }: Chart) {
  return {
    title,
    xyChart: {
      dataSets: [
        { plotType: 'LINE', targetAxis: 'Y1', timeSeriesQuery: { prometheusQuery: query, unitOverride: unit } },
      ],
      yAxis: { scale: 'LINEAR' },
    },
  };
}
