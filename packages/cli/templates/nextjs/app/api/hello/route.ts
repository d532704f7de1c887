import { answerRefusal } from '../../../src/answer-refusal.ts';
import { cloudtask } from '../../../src/cloudtask.ts';
import { hello } from '../../../src/jobs/hello.ts';

export async function POST(request: Request): Promise<Response> {
  // What is no JSON is refused like any other payload that does not fit.
  const payload = await request.json().catch(() => null);
  try {
    const { id } = await cloudtask().jobs.create(hello, payload);
    return Response.json({ id }, { status: 202 });
  } catch (error) {
    return answerRefusal(error);
  }
}
